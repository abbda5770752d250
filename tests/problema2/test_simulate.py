"""The kinematic hand against geometry worked out by hand, and within human anatomy."""

from dataclasses import fields

import numpy as np
import pytest

from gestures.simulator import camera, hand, poses
from gestures.simulator.hand import ANATOMY, LIMITS

PARENT = (0, 0, 1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11, 0, 13, 14, 15, 0, 17, 18, 19)


def mean_shape():
    return hand.Shape(
        knuckles=np.array([ANATOMY.knuckles]),
        phalanges=np.array([ANATOMY.phalanges]),
        thumb_base=np.array([ANATOMY.thumb_base]),
        thumb=np.array([ANATOMY.thumb]),
        roll=np.zeros((1, 4)),
    )


def flat_pose(**changes):
    pose = {
        "flexion": np.zeros((1, 4, 3)),
        "spread": np.zeros((1, 4)),
        "thumb": np.zeros((1, 5)),
    }
    return hand.Pose(**(pose | changes))


def lengths(hands):
    return np.linalg.norm(hands - hands[:, PARENT], axis=-1)


def test_a_straight_finger_lies_along_the_hand():
    points = hand.joints(mean_shape(), flat_pose())[0]
    tip = np.add(ANATOMY.knuckles[1], (0, sum(ANATOMY.phalanges[1]), 0))
    np.testing.assert_allclose(points[12], tip, atol=1e-12)
    np.testing.assert_allclose(points[0], 0)


def test_right_angles_at_every_joint_fold_the_finger_into_a_hook():
    flexion = np.full((1, 4, 3), 90.0)
    points = hand.joints(mean_shape(), flat_pose(flexion=flexion))[0]
    proximal, middle, distal = ANATOMY.phalanges[0]
    # Out of the palm, back towards the wrist, and into the palm again.
    expected = np.add(ANATOMY.knuckles[0], (0, -middle, proximal - distal))
    np.testing.assert_allclose(points[8], expected, atol=1e-12)


def test_thumb_bends_across_the_palm_and_opposition_takes_it_out_of_it():
    straight, bent, opposed = (
        hand.joints(mean_shape(), flat_pose(thumb=np.array([angles], float)))[0]
        for angles in ((30, 0, 0, 0, 0), (30, 0, 0, 60, 0), (30, 0, 90, 60, 0))
    )
    assert bent[4, 0] < straight[4, 0] - 0.2  # towards the fingers
    assert bent[4, 2] == pytest.approx(ANATOMY.thumb_base[2])  # in the palm's plane
    assert opposed[4, 2] > bent[4, 2] + 0.4


@pytest.mark.parametrize("gesture", [0, 1, 2])
def test_bones_are_rigid_and_within_human_variation(gesture):
    hands, labels = poses.sample_hands(500, np.random.default_rng(1), gesture)
    assert (labels == gesture).all()
    assert np.isfinite(hands).all()
    # 2.5 deviations of a finger's scale and of the bone's own, multiplied.
    most = (1 + 2.5 * ANATOMY.fingers_sd) * (1 + 2.5 * ANATOMY.bone_sd)
    least = (1 - 2.5 * ANATOMY.fingers_sd) * (1 - 2.5 * ANATOMY.bone_sd)
    for finger, bones in enumerate(ANATOMY.phalanges):
        measured = lengths(hands)[:, 6 + 4 * finger : 9 + 4 * finger] / bones
        assert (measured < most + 1e-9).all()
        assert (measured > least - 1e-9).all()


@pytest.mark.parametrize("gesture", [0, 1, 2])
def test_joint_angles_stay_within_their_limits_and_so_do_blends(gesture):
    rng = np.random.default_rng(2)
    shape = hand.sample_shapes(400, rng)
    pose = poses.sample_poses(np.full(400, gesture), shape, rng)
    other = poses.sample_poses(rng.integers(0, 3, 400), shape, rng)
    for each in (pose, hand.blend(pose, other, rng.random(400))):
        for joint, limit in enumerate((LIMITS.mcp, LIMITS.pip, LIMITS.dip)):
            assert each.flexion[..., joint].min() >= limit[0]
            assert each.flexion[..., joint].max() <= limit[1]
        assert each.spread.min() >= LIMITS.spread[0]
        assert each.spread.max() <= LIMITS.spread[1]
        thumb = (
            LIMITS.azimuth,
            LIMITS.elevation,
            LIMITS.opposition,
            LIMITS.thumb_mcp,
            LIMITS.thumb_ip,
        )
        for column, limit in enumerate(thumb):
            assert each.thumb[:, column].min() >= limit[0]
            assert each.thumb[:, column].max() <= limit[1]


def test_gestures_differ_where_people_see_it():
    rng = np.random.default_rng(3)
    reach = []
    for gesture in range(3):
        hands, _ = poses.sample_hands(800, rng, gesture)
        tips, knuckles = hands[:, 8::4], hands[:, 5::4]
        bones = lengths(hands)
        whole = np.stack([bones[:, 6 + 4 * f : 9 + 4 * f].sum(1) for f in range(4)], axis=1)
        reach.append(np.linalg.norm(tips - knuckles, axis=-1) / whole)
    fist, paper, scissors = reach
    assert np.quantile(fist, 0.95) < 0.8
    assert np.quantile(paper, 0.05) > 0.8
    assert np.quantile(scissors[:, :2], 0.05) > 0.8
    assert np.quantile(scissors[:, 2], 0.95) < 0.85


def test_rotation_is_a_rotation_and_turns_as_documented():
    rng = np.random.default_rng(4)
    views = camera.rotation(*rng.uniform(-3, 3, (3, 50)))
    np.testing.assert_allclose(
        views @ views.swapaxes(1, 2), np.tile(np.eye(3), (50, 1, 1)), atol=1e-12
    )
    np.testing.assert_allclose(np.linalg.det(views), 1)
    np.testing.assert_allclose(camera.rotation(np.pi, 0, 0) @ [0, 0, 1], [0, 0, -1], atol=1e-12)
    np.testing.assert_allclose(camera.rotation(0, 0, np.pi / 2) @ [1, 0, 0], [0, 1, 0], atol=1e-12)


def test_projection_puts_the_hand_where_it_was_asked_in_any_frame():
    rng = np.random.default_rng(5)
    hands, _ = poses.sample_hands(60, rng)
    views = camera.sample_views(60, rng)
    flat, _ = camera.camera_view(hands, views, 5.0)
    for aspect in camera.ASPECTS:
        points = camera.project(flat, aspect, centre=(0.4, 0.6), extent=0.5).reshape(60, 21, 2)
        low, high = points.min(1), points.max(1)
        np.testing.assert_allclose((low + high) / 2, np.tile((0.4, 0.6), (60, 1)), atol=1e-12)
        longest = ((high - low) * (aspect, 1)).max(1)  # in frame heights
        np.testing.assert_allclose(longest, 0.5 * min(aspect, 1), atol=1e-12)


def test_a_nearer_camera_makes_the_near_part_larger():
    points = hand.joints(mean_shape(), flat_pose())
    # Pitched so that the fingers point at the camera.
    view = camera.rotation([0.0], [1.0], [0.0])
    share = []
    for distance in (3.0, 50.0):
        flat, depth = camera.camera_view(points, view, distance)
        assert depth[0, 12] < depth[0, 0]
        breadth = np.linalg.norm(flat[0, 5] - flat[0, 17])
        share.append(breadth / np.linalg.norm(flat[0, 12] - flat[0, 9]))
    assert share[0] < share[1]


def test_a_left_hand_is_the_mirror_image():
    hands, _ = poses.sample_hands(20, np.random.default_rng(6))
    views = np.eye(3)[None]
    right, left = (
        camera.project(camera.camera_view(hands, views, 5.0, left)[0], 1.0).reshape(-1, 21, 2)
        for left in (False, True)
    )
    np.testing.assert_allclose(left, np.stack([1 - right[..., 0], right[..., 1]], -1), atol=1e-12)


def test_simulation_is_reproducible_balanced_and_of_the_documented_form():
    points, labels, aspect = camera.simulate(900, 7)
    again = camera.simulate(900, 7)
    assert points.shape == (900, 42)
    assert points.dtype == np.float32
    assert labels.dtype == np.int64
    assert np.bincount(labels).min() > 240
    assert set(np.unique(aspect)) == set(camera.ASPECTS)
    for first, second in zip((points, labels, aspect), again, strict=True):
        np.testing.assert_array_equal(first, second)
    assert not np.array_equal(points, camera.simulate(900, 8)[0])


def test_shapes_and_poses_can_be_cut():
    shape = hand.sample_shapes(5, np.random.default_rng(9))
    cut = hand.take(shape, [4, 1])
    for field in fields(shape):
        np.testing.assert_array_equal(getattr(cut, field.name), getattr(shape, field.name)[[4, 1]])


def test_doubtful_hands_come_with_divided_probabilities():
    points, probabilities, aspect = camera.simulate_doubtful(200, 3)
    assert points.shape == (200, 42)
    assert aspect.shape == (200,)
    assert probabilities.shape == (200, 4)
    np.testing.assert_allclose(probabilities.sum(1), 1)
    assert probabilities.max() <= 0.5
    assert not probabilities[:, 3].any()
