"""The digits example: its mathematics piece by piece, and train.py as a process."""

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import kconfiglib
import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "examples" / "digits"
sys.path.insert(0, str(FOLDER))  # the program's modules lie beside each other

import dataset  # noqa: E402
import pruning  # noqa: E402
import settings  # noqa: E402
import training  # noqa: E402
from network import Network  # noqa: E402
from optimizer import Adam, AdamW, AdamWPrune  # noqa: E402


def configuration(**changes: str) -> kconfiglib.Kconfig:
    kconf = kconfiglib.Kconfig(str(FOLDER / "Kconfig"), warn_to_stderr=False)
    for name, value in changes.items():
        assert kconf.syms[name].set_value(value)
    return kconf


def symbols(**changes: str) -> dict[str, bool | int | str]:
    """Return the configuration that Kconfig makes of the changes, as the client gives it."""
    kinds = {kconfiglib.BOOL: "y".__eq__, kconfiglib.INT: int, kconfiglib.STRING: str}
    written = [s for s in configuration(**changes).unique_defined_syms if s.config_string]
    return {symbol.name: kinds[symbol.type](symbol.str_value) for symbol in written}


# Data


def test_data_is_the_file_that_its_note_describes():
    digest = hashlib.sha256(dataset.FILE.read_bytes()).hexdigest()

    assert f"`{digest}`" in (FOLDER / "DATA.md").read_text(encoding="utf-8")


def test_split_is_fixed_stratified_and_whole():
    split = dataset.load(1.0)

    assert split.train_images.shape == (1433, 64)
    assert split.test_images.shape == (364, 64)
    assert split.train_images.min() == 0
    assert split.train_images.max() == 1
    assert set(np.bincount(split.test_labels)) == {35, 36, 37}
    rows = {row.tobytes() for row in split.train_images}
    assert not any(row.tobytes() in rows for row in split.test_images)


@pytest.mark.parametrize(("fraction", "images"), [(0.5, 717), (0.1, 143), (0.001, 10)])
def test_fraction_takes_as_much_of_every_digit(fraction, images):
    split = dataset.load(fraction)

    counts = np.bincount(split.train_labels)
    assert abs(len(split.train_labels) - images) <= 5
    assert counts.min() >= 1
    assert counts.max() - counts.min() <= 4
    assert len(split.test_labels) == 364


def test_label_noise_changes_exactly_its_share():
    labels = dataset.load(1.0).train_labels

    noisy = dataset.with_label_noise(labels, 0.3, np.random.default_rng(1))

    assert (noisy != labels).sum() == round(0.3 * len(labels))
    assert set(noisy) == set(range(10))


def test_shifts_move_ink_and_keep_what_stays_inside():
    image = np.zeros((200, 8, 8), np.float32)
    image[:, 3:5, 3:5] = 1
    how = settings.Data(fraction=1, label_noise=0, shift=1.5, noise=0)

    moved = dataset.augmented(image.reshape(200, 64), how, np.random.default_rng(1))

    moved = moved.reshape(200, 8, 8)
    ink = moved.sum(axis=(1, 2))
    rows = (moved.sum(axis=2) * np.arange(8)).sum(axis=1) / ink - 3.5
    columns = (moved.sum(axis=1) * np.arange(8)).sum(axis=1) / ink - 3.5
    assert np.allclose(ink, 4, atol=1e-4)
    for shift in (rows, columns):
        assert np.abs(shift).max() <= 1.5 + 1e-4
        assert shift.min() < -1.2
        assert shift.max() > 1.2
    assert abs(np.corrcoef(rows, columns)[0, 1]) < 0.2


def test_noise_has_its_deviation_and_stays_within_ink():
    images = np.full((500, 64), 0.5, np.float32)
    how = settings.Data(fraction=1, label_noise=0, shift=0, noise=0.1)

    noisy = dataset.augmented(images, how, np.random.default_rng(1))

    assert noisy.std() == pytest.approx(0.1, rel=0.05)
    assert noisy.min() >= 0
    assert noisy.max() <= 1


# The network


@pytest.mark.parametrize("activation", settings.ACTIVATIONS)
@pytest.mark.parametrize("hidden", [(), (7,), (6, 5, 4)])
def test_gradient_is_that_of_the_loss(activation, hidden):
    random = np.random.default_rng(3)
    network = Network((8, *hidden, 10), activation, random, dtype=np.float64)
    network.parameters += random.normal(0, 0.1, len(network.parameters))
    images, labels = random.random((5, 8)), np.array([0, 3, 9, 3, 1])

    gradient = network.loss_and_gradient(images, labels)[1].copy()

    step = 1e-6
    for index in range(len(gradient)):
        losses = []
        for change in (step, -2 * step):
            network.parameters[index] += change
            losses.append(network.loss_and_gradient(images, labels)[0])
        network.parameters[index] += step
        assert gradient[index] == pytest.approx((losses[0] - losses[1]) / (2 * step), abs=1e-7)


def test_loss_of_a_network_that_knows_nothing():
    network = Network((64, 10), "RELU", np.random.default_rng(1))
    network.parameters[:] = 0

    loss, _ = network.loss_and_gradient(np.ones((4, 64), np.float32), np.arange(4))

    assert loss == pytest.approx(np.log(10))
    assert network.is_weight.sum() == 640


# Optimizers


def stepper(kind, how, parameters, *rest):
    return kind(parameters, np.ones(len(parameters), bool), how, *rest)


@pytest.mark.parametrize("kind", [Adam, AdamW])
def test_first_step_is_as_large_as_the_learning_rate(kind):
    parameters = np.zeros(3)

    stepper(kind, settings.Optimizer("", 0.0), parameters).step(np.array([5.0, -1e-3, 0]), 0.1)

    assert parameters == pytest.approx([-0.1, 0.1, 0], abs=1e-5)


def test_steps_follow_the_published_algorithm():
    beta1, beta2, rate, decay = 0.7, 0.9, 0.05, 0.2
    how = settings.Optimizer("ADAMW", decay, beta1, beta2)
    gradients = np.random.default_rng(1).normal(size=(20, 4))
    parameters = np.array([1.0, -2.0, 0.5, 0.0])
    expected, m, v = parameters.copy(), np.zeros(4), np.zeros(4)
    adamw = stepper(AdamW, how, parameters)

    for t, gradient in enumerate(gradients, start=1):
        adamw.step(gradient, rate)
        m = beta1 * m + (1 - beta1) * gradient
        v = beta2 * v + (1 - beta2) * gradient**2
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        expected -= rate * decay * expected + rate * m_hat / (np.sqrt(v_hat) + 1e-8)

    assert parameters == pytest.approx(expected, rel=1e-6)


def test_weight_decay_is_in_adams_gradient_and_beside_adamws():
    how = settings.Optimizer("", weight_decay=0.5)
    coupled, decoupled = np.array([2.0, -4.0]), np.array([2.0, -4.0])

    stepper(Adam, how, coupled).step(np.zeros(2), 0.1)
    stepper(AdamW, how, decoupled).step(np.zeros(2), 0.1)

    assert coupled == pytest.approx([1.9, -3.9], abs=1e-6)
    assert decoupled == pytest.approx([1.9, -3.8], abs=1e-6)


def test_biases_do_not_decay():
    parameters = np.ones(2)

    how = settings.Optimizer("", weight_decay=0.5)
    AdamW(parameters, np.array([True, False]), how).step(np.zeros(2), 0.1)

    assert parameters == pytest.approx([0.95, 1])


def test_amsgrad_never_forgets_a_large_gradient():
    ends = []
    for amsgrad in (False, True):
        parameters = np.zeros(1)
        how = settings.Optimizer("", 0.0, beta1=0.0, beta2=0.5, amsgrad=amsgrad)
        adam = stepper(Adam, how, parameters)
        for gradient in [100.0] + [1.0] * 20:
            adam.step(np.array([gradient]), 0.1)
        ends.append(parameters[0])

    assert ends[0] < -1
    assert ends[1] > -0.5


# Pruning


def test_schedule_is_zero_then_cubic_then_the_target():
    schedule = pruning.Schedule(target=0.8, begin=100, end=300)

    assert schedule.sparsity(99) == 0
    assert schedule.sparsity(100) == 0
    assert schedule.sparsity(200) == pytest.approx(0.8 * (1 - 0.5**3))
    assert schedule.sparsity(300) == 0.8
    assert schedule.sparsity(10_000) == 0.8
    steps = [schedule.sparsity(step) for step in range(400)]
    assert steps == sorted(steps)


def test_schedule_looks_now_and_then_and_surely_at_the_end():
    schedule = pruning.Schedule(target=0.8, begin=5, end=28)

    assert [step for step in range(100) if schedule.is_due(step)] == [5, 15, 25, 28]


@pytest.mark.parametrize(
    ("method", "kept"),
    [("state", [1, 0, 1, 0, 1]), ("magnitude", [1, 1, 0, 0, 1])],
)
def test_the_least_important_weights_go(method, kept):
    parameters = np.array([9.0, -2.0, -1.0, 0.5, 0.0])
    momentum = np.array([-1.0, 0.9, -3.0, 3.5, 0.0])
    is_weight = np.array([True, True, True, True, False])
    pruner = pruning.Pruner(method, pruning.Schedule(0.5, 0, 1), is_weight)

    pruner.update(1, parameters, momentum)

    assert pruner.mask.tolist() == kept


@pytest.mark.parametrize("target", [0.0, 0.3, 0.7, 0.95])
def test_sparsity_reaches_the_target_and_what_is_gone_stays_gone(target):
    random = np.random.default_rng(1)
    parameters = random.normal(size=1000).astype(np.float32)
    schedule = pruning.Schedule(target, begin=10, end=50)
    pruner = pruning.Pruner("state", schedule, np.ones(1000, bool))
    optimizer = stepper(AdamWPrune, settings.Optimizer("", 0.01), parameters, pruner)
    gone = np.zeros(1000, bool)

    for step in range(1, 80):
        optimizer.step(random.normal(size=1000).astype(np.float32), 0.05)
        assert not (gone & (parameters != 0)).any()
        gone = parameters == 0
        assert gone.mean() <= schedule.sparsity(step) + 0.5 / 1000
        if step < 10:
            assert not gone.any()

    assert gone.mean() == pytest.approx(target)


# Training


def test_learning_rate_stays_or_falls_along_half_a_cosine():
    constant = settings.read_settings(symbols(LR_SCHEDULE_CONSTANT="y", LEARNING_RATE="0.5"))
    cosine = settings.read_settings(symbols(LR_SCHEDULE_COSINE="y", LEARNING_RATE="0.5"))

    assert [training.learning_rate(constant, done) for done in (0, 0.5, 1)] == [0.5] * 3
    falling = [training.learning_rate(cosine, done) for done in (0, 1 / 3, 0.5, 1)]
    assert falling == pytest.approx([0.5, 0.375, 0.25, 0])


def test_f1_is_the_mean_over_the_digits():
    labels = np.repeat(np.arange(10), 4)
    predicted = labels.copy()
    predicted[0:2] = 1  # half of the zeros, taken for ones

    zeros = 2 * 1 * 0.5 / (1 + 0.5)  # precision 1, recall 1/2
    ones = 2 * (4 / 6) * 1 / (4 / 6 + 1)  # precision 4/6, recall 1
    assert training.macro_f1(predicted, labels) == pytest.approx((zeros + ones + 8) / 10)


# Settings


def test_settings_of_the_default_configuration():
    found = settings.read_settings(symbols())

    assert found.network == settings.Network((128, 64), "RELU")
    assert found.optimizer == settings.Optimizer("ADAMWPRUNE", 0.05, 0.9, 0.999, amsgrad=False)
    assert found.pruning == settings.Pruning("state", 0.7, 45, 20)
    assert (found.epochs, found.batch_size, found.learning_rate) == (30, 32, 0.002)


def test_settings_that_other_ones_leave_out():
    linear = settings.read_settings(symbols(HIDDEN_LAYERS="[]"))
    plain = settings.read_settings(symbols(OPTIMIZER_ADAM="y", WEIGHT_DECAY="0.3"))
    unpruned = settings.read_settings(symbols(PRUNING_METHOD="none"))
    still = settings.read_settings(symbols(AUGMENT="n"))
    changed = settings.read_settings(symbols(AUGMENT="y", AUGMENT_NOISE="0.2"))

    assert linear.network.hidden == ()
    assert plain.optimizer == settings.Optimizer("ADAM", 0.3)
    assert plain.pruning is None
    assert unpruned.pruning is None
    assert (still.data.shift, still.data.noise) == (0, 0)
    assert (changed.data.shift, changed.data.noise) == (0.5, 0.2)


LAYERS = 'is not a list of numbers from 1 to 4096 such as "[128, 64]"'


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("HIDDEN_LAYERS", "128, 64", f'HIDDEN_LAYERS="128, 64" {LAYERS}'),
        ("HIDDEN_LAYERS", "[128, 0]", f'HIDDEN_LAYERS="[128, 0]" {LAYERS}'),
        ("HIDDEN_LAYERS", "[true]", f'HIDDEN_LAYERS="[true]" {LAYERS}'),
        ("HIDDEN_LAYERS", "", f'HIDDEN_LAYERS="" {LAYERS}'),
        ("DATA_FRACTION", "0", 'DATA_FRACTION="0" is not a number above 0 and up to 1'),
        ("DATA_FRACTION", "1.01", 'DATA_FRACTION="1.01" is not a number above 0 and up to 1'),
        ("LABEL_NOISE", "-0.1", 'LABEL_NOISE="-0.1" is not a number from 0 to 1'),
        ("LEARNING_RATE", "0", 'LEARNING_RATE="0" is not a number above 0'),
        ("LEARNING_RATE", "inf", 'LEARNING_RATE="inf" is not a number above 0'),
        ("LEARNING_RATE", "fast", 'LEARNING_RATE="fast" is not a number above 0'),
        ("ADAMWPRUNE_BETA1", "1", 'ADAMWPRUNE_BETA1="1" is not a number from 0 to below 1'),
        ("ADAMWPRUNE_BETA2", "nan", 'ADAMWPRUNE_BETA2="nan" is not a number from 0 to below 1'),
        (
            "ADAMWPRUNE_WEIGHT_DECAY",
            "-1",
            'ADAMWPRUNE_WEIGHT_DECAY="-1" is not a number from 0 up',
        ),
        ("TARGET_SPARSITY", "1.0", 'TARGET_SPARSITY="1.0" is not a number from 0 to below 1'),
        (
            "PRUNING_METHOD",
            "movement",
            'PRUNING_METHOD="movement" is not one of state, magnitude, none',
        ),
    ],
)
def test_a_setting_out_of_bounds_is_named(name, value, message):
    with pytest.raises(settings.SettingError, match=f"^{re.escape(message)}$"):
        settings.read_settings(symbols(**{name: value}))


def test_a_missing_setting_is_named():
    with pytest.raises(settings.SettingError, match=r"^SEED is not in the configuration$"):
        settings.read_settings({k: v for k, v in symbols().items() if k != "SEED"})


# The program


def train(tmp_path: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    file = tmp_path / "config"
    configuration(**changes).write_config(str(file))
    return subprocess.run(
        [sys.executable, FOLDER / "train.py"],
        env=os.environ | {"KCONFIG_CONFIG": str(file)},
        capture_output=True,
        text=True,
        check=False,
    )


def reports(done: subprocess.CompletedProcess[str]) -> list[dict[str, float]]:
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return [json.loads(line.removeprefix("KSWEEP ")) for line in done.stdout.splitlines()]


def test_defaults_train_well_and_prune_to_the_target(tmp_path):
    epochs = reports(train(tmp_path))

    assert [epoch["step"] for epoch in epochs] == list(range(1, 31))
    assert epochs[-1]["test_acc"] >= 96
    assert epochs[-1]["macro_avg_f1_score"] == pytest.approx(epochs[-1]["test_acc"] / 100, abs=0.01)
    sparsity = [epoch["final_sparsity"] for epoch in epochs]
    assert sparsity == sorted(sparsity)
    assert sparsity[18] < 0.7
    assert sparsity[19:] == [pytest.approx(0.7, abs=1e-4)] * 11


@pytest.mark.parametrize("optimizer", ["OPTIMIZER_ADAM", "OPTIMIZER_ADAMW"])
def test_the_other_optimizers_train_and_do_not_prune(tmp_path, optimizer):
    epochs = reports(train(tmp_path, NUM_EPOCHS="8", **{optimizer: "y"}))

    assert epochs[-1]["test_acc"] >= 94
    assert epochs[-1]["final_sparsity"] == 0


def test_seed_makes_a_training_repeatable(tmp_path):
    first, second, other = (
        reports(train(tmp_path, NUM_EPOCHS="2", SEED=seed)) for seed in ("5", "5", "6")
    )

    assert first == second
    assert first != other


def test_a_bad_setting_is_one_line_and_exit_code_2(tmp_path):
    done = train(tmp_path, HIDDEN_LAYERS="[128")

    assert done.returncode == 2
    assert done.stderr == f'train.py: HIDDEN_LAYERS="[128" {LAYERS}\n'
    assert done.stdout == ""


def test_a_missing_configuration_is_one_line_and_exit_code_2(tmp_path):
    done = subprocess.run(
        [sys.executable, FOLDER / "train.py"],
        env=os.environ | {"KCONFIG_CONFIG": str(tmp_path / "none")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert re.fullmatch(r"train\.py: \S*none: cannot read the configuration.*\n", done.stderr)


def test_pruning_that_would_start_after_its_end_is_refused(tmp_path):
    done = train(tmp_path, NUM_EPOCHS="5", PRUNING_WARMUP="225")

    assert done.returncode == 2
    assert done.stderr == (
        "train.py: PRUNING_WARMUP=225 steps is not before the end of "
        "PRUNING_RAMP_END_EPOCH=5, which is step 225\n"
    )


def test_a_training_that_diverges_fails(tmp_path):
    done = train(tmp_path, LEARNING_RATE="1e300")

    assert done.returncode == 1
    assert done.stderr == "train.py: the training diverged in epoch 1\n"
