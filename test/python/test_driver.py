import json
import pathlib

import numpy as np
import pynq
import pytest
from conftest import HeaderCore, header, header_results_of, results_of
from tlast_pynq import Accelerator, DmaError, ImageError, PacketError, SelfTestError, load_packets, to_wire


def images(count, seed=1):
    return np.random.RandomState(seed).randint(0, 256, (count, 28, 28), np.uint8)


def test_loads_resets_and_passes_its_self_test(package):
    accelerator = Accelerator(str(package))
    assert pynq.board.downloads == 1
    assert pynq.board.transfers == [4 * 784]
    accelerator.close()
    assert pynq.board.buffers == {}


def test_a_whole_batch_is_one_transfer_and_bit_exact(package):
    accelerator = Accelerator(str(package), self_test=False)
    data = images(1000)
    assert (accelerator.predict(data) == results_of(data)).all()
    assert pynq.board.transfers == [1000 * 784]


@pytest.mark.parametrize("count", [0, 1, 2, 7, 8, 9, 16, 17])
def test_batches_around_the_capacity_keep_order(package, count):
    accelerator = Accelerator(str(package), capacity=8, self_test=False)
    data = images(count)
    found = accelerator.predict(data)
    assert found.shape == (count, 10) and found.dtype == np.int32
    assert (found == results_of(data)).all()
    assert len(pynq.board.transfers) == -(-count // 8)


def test_buffers_are_allocated_once_and_only_what_is_used_is_flushed(package):
    accelerator = Accelerator(str(package), self_test=False)
    before = dict(pynq.board.buffers)
    for seed in range(5):
        accelerator.predict(images(3, seed))
    assert pynq.board.buffers.keys() == before.keys() and len(before) == 2
    assert pynq.board.flushed == 5 * 3 * 784


def test_a_call_touches_thirteen_registers(package):
    accelerator = Accelerator(str(package), self_test=False)
    pynq.board.polls_until_done, pynq.board.accesses = 1, 0
    accelerator.predict(images(1))
    assert pynq.board.accesses == 13  # docs/board/throughput.md


def test_profile_splits_the_time(package):
    accelerator = Accelerator(str(package))
    found, profile = accelerator.predict(images(5), profile=True)
    assert profile.images == 5 and (found == results_of(images(5))).all()
    assert 0 < profile.hardware < profile.total and "5 images in" in str(profile)
    assert accelerator.throughput_test(images=20).images == 20


def test_classes_take_the_lowest_in_a_tie(package):
    accelerator = Accelerator(str(package), self_test=False)
    pynq.board.core = lambda data: np.array([1, 5, 5, 0, 0, 0, 0, 0, 0, 5], np.int32)
    assert accelerator.classify(images(1)).tolist() == [1]


@pytest.mark.parametrize(
    ("make", "same"),
    [
        (lambda x: x[..., None], True),
        (lambda x: x[:, None], True),
        (lambda x: x.reshape(len(x), 784), True),
        (lambda x: x.astype(np.int64), True),
        (lambda x: x / 255.0, True),
        (lambda x: (x / 255.0).astype(np.float32), True),
        (lambda x: np.asfortranarray(x), True),
        (lambda x: x[::-1], False),
    ],
)
def test_every_usual_layout_and_type_gives_the_same_bytes(description, make, same):
    data = images(6)
    wire = to_wire(make(data), description)
    assert wire.dtype == np.uint8 and wire.flags.c_contiguous and wire.shape == (6, 784)
    assert (wire == data.reshape(6, 784)).all() == same


def test_channels_first_is_turned_into_channels_last(description):
    description["input"].update(height=4, width=6, channels=3)
    data = np.arange(2 * 4 * 6 * 3, dtype=np.uint8).reshape(2, 4, 6, 3)
    assert (to_wire(data.transpose(0, 3, 1, 2), description) == data.reshape(2, -1)).all()
    assert (to_wire(data[0].transpose(2, 0, 1), description) == data[:1].reshape(1, -1)).all()


def test_fewer_bits_keep_the_top_ones_and_are_packed_low_first(description):
    description["input"].update(height=1, width=4, shift=4, wire_bits=4)
    assert to_wire(np.array([[0x1F, 0x2F, 0x3F, 0x4F]], np.uint8), description).tolist() == [[0x21, 0x43]]
    description["input"].update(wire_bits=8)
    assert to_wire(np.array([[0x1F, 0x2F, 0x3F, 0x4F]], np.uint8), description).tolist() == [[1, 2, 3, 4]]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.zeros((2, 27, 28), np.uint8), r"shape \(2, 27, 28\); expected \(images, 28, 28, 1\)"),
        (np.zeros((28, 28)) + 2, "float pixels are 2.0..2.0; expected 0..1"),
        (np.full((28, 28), np.nan), "float pixels are nan..nan"),
        (np.zeros((28, 28), np.int32) - 1, "integer pixels are -1..-1; expected 0..255"),
        (np.zeros((28, 28), complex), "type complex128; expected uint8"),
    ],
)
def test_images_that_do_not_fit_are_refused_with_what_was_expected(package, bad, message):
    with pytest.raises(ImageError, match=message):
        Accelerator(str(package)).predict(bad)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("no tlast", "All images were sent, but the last result with TLAST did not come"),
        ("stopped", "The core stopped taking images"),
        ("extra result", r"more results came than the receive buffer holds .*DMASR 0x5011"),
        ("short packet", "received 116 bytes instead of 120: TLAST came early"),
        ("tkeep 0", "received 0 bytes instead of 120: .*TKEEP"),
    ],
)
def test_each_failure_is_named_and_the_next_batch_is_right(package, fault, message):
    accelerator = Accelerator(str(package), timeout=0.05)
    pynq.board.fault = fault
    with pytest.raises(DmaError, match=message):
        accelerator.predict(images(3))
    pynq.board.fault = None
    assert (accelerator.predict(images(3)) == results_of(images(3))).all()


def test_recovers_from_a_channel_that_other_code_left_halted(package):
    accelerator = Accelerator(str(package))
    pynq.board.write(0x30, 0)
    assert (accelerator.predict(images(3)) == results_of(images(3))).all()


def test_a_buffer_that_is_not_aligned_is_refused(package):
    pynq.board.misalign = 4
    with pytest.raises(DmaError, match="not aligned to 8 bytes"):
        Accelerator(str(package))


def test_a_dma_without_a_clock_is_reported(package):
    pynq.board.fault = "dead"
    with pytest.raises(DmaError, match="does not leave its soft reset"):
        Accelerator(str(package))


def test_one_wrong_bit_fails_the_self_test(package):
    pynq.board.fault = "wrong bit"
    with pytest.raises(SelfTestError, match="1 of 4 self-test images differ, first 0"):
        Accelerator(str(package))


def test_the_clock_is_set_to_the_timed_one_or_refused(package):
    pynq.board.fclk0_mhz = 142.857
    Accelerator(str(package))
    assert pynq.board.fclk0_mhz == 100.0
    pynq.board.fclk0_mhz = pynq.board.stuck_clock = 50.0
    with pytest.raises(RuntimeError, match=r"FCLK0 is 50.0 MHz and cannot be set to the 100.0"):
        Accelerator(str(package))


def test_a_missing_hand_off_is_named_before_anything_is_loaded(package):
    (package / "digits_0123abcd.hwh").unlink()
    with pytest.raises(FileNotFoundError, match=r"digits_0123abcd.hwh is missing: run build.tcl"):
        Accelerator(str(package))
    assert pynq.board.downloads == 0


def test_a_bitstream_for_another_part_is_not_loaded(package):
    (package / "digits_0123abcd.bit").write_bytes(header(b"7z010clg400"))
    with pytest.raises(ValueError, match="is for 7z010clg400, and this package for xc7z020clg400-1"):
        Accelerator(str(package))
    assert pynq.board.downloads == 0


def test_no_batch_is_longer_than_the_length_register(package, description):
    description["dma_length_bits"] = 14
    (package / "accelerator.json").write_text(json.dumps(description))
    accelerator = Accelerator(str(package), self_test=False)
    assert accelerator.capacity == 16383 // 784
    data = images(50)
    assert (accelerator.predict(data) == results_of(data)).all()


def test_header_packets_load_their_weights_and_answer_every_batch(header_package):
    accelerator = Accelerator(str(header_package), capacity=8)
    data = images(20)
    assert (accelerator.predict(data) == header_results_of(data, np.arange(-10, 10))).all()


def test_other_weights_replace_those_of_the_package(header_package, tmp_path):
    accelerator = Accelerator(str(header_package))
    other = tmp_path / "other"
    other.mkdir()
    weights = np.arange(20) * 5
    np.save(other / "load_0.npy", np.concatenate([[1, 0, 1, 2, 1, 10, 1], weights]).astype(np.int16))
    accelerator.load_weights(str(other))
    assert (accelerator.predict(images(3)) == header_results_of(images(3), weights)).all()
    np.save(other / "load_0.npy", np.zeros(26, np.int16))
    with pytest.raises(ValueError, match=r"has \(26,\) words; dense1 weights needs 20 and a header"):
        accelerator.load_weights(str(other))


def test_a_model_becomes_load_packets(header_package, tmp_path):
    accelerator = Accelerator(str(header_package))
    weights = np.arange(20, 0, -1) - 10
    accelerator.load_weights({"dense1": {"weights": weights.reshape(10, 2)}})
    assert (accelerator.predict(images(3)) == header_results_of(images(3), weights)).all()
    # As a build leaves it: the bitstream takes weights alone, and there is more in the file.
    layer = {
        "name": "dense1",
        "weights": (-weights).tolist(),
        "bias": [0] * 10,
        "requantise": {"shifts": [7] * 10},
    }
    (tmp_path / "integer.json").write_text(json.dumps({"layers": [{"name": "pool1"}, layer]}))
    accelerator.load_weights(str(tmp_path / "integer.json"))
    assert (accelerator.predict(images(3)) == header_results_of(images(3), -weights)).all()
    layer["requantise"]["shifts"][3] = 6
    (tmp_path / "integer.json").write_text(json.dumps({"layers": [layer]}))
    with pytest.raises(ValueError, match="dense1: a shift a channel"):
        accelerator.load_weights(str(tmp_path / "integer.json"))
    (tmp_path / "integer.json").write_text("[]")
    with pytest.raises(ValueError, match=r"is no integer\.json"):
        accelerator.load_weights(str(tmp_path / "integer.json"))


def test_load_packets_hold_biases_and_shifts_and_refuse_what_does_not_fit():
    header = {
        "targets": [
            {"name": "conv 1 weights", "header": [1, 0, 2, 1, 1, 2, 1], "words": 8},
            {"name": "conv 1 biases", "header": [0x101, 0, 1, 2, 1, 2, 1], "words": 4},
            {"name": "conv 1 shift", "header": [0x201, 0, 1, 1, 1, 1, 1], "words": 1},
        ]
    }
    model = {
        "conv 1": {
            "weights": np.arange(-4, 4).reshape(2, 2, 2, 1),
            "bias": [70000, -2],
            "shift": 9,
        }
    }
    made = dict(load_packets(header, model))
    assert made["conv 1 weights"].tolist() == [
        1,
        0,
        2,
        1,
        1,
        2,
        1,
        65532,
        65533,
        65534,
        65535,
        0,
        1,
        2,
        3,
    ]
    assert made["conv 1 biases"].tolist()[7:] == [70000 - 65536, 1, 65534, 65535]
    assert made["conv 1 shift"].tolist() == [0x201, 0, 1, 1, 1, 1, 1, 9]
    for change, message in [
        ({"weights": [0.5] * 8}, "expected integers: quantise the model first"),
        ({"weights": [200] * 8}, r"200\.\.200, expected -128\.\.127"),
        ({"weights": [1] * 7}, "7 words, the bitstream takes 8"),
        ({"shift": 32}, r"expected 0\.\.31"),
        ({"bias": [2**31, 0]}, "conv 1 biases: "),
    ]:
        with pytest.raises(ValueError, match=message):
            load_packets(header, {"conv 1": {**model["conv 1"], **change}})
    with pytest.raises(ValueError, match="has no bias of conv 1; it has conv 1"):
        load_packets(header, {"conv 1": {"weights": [0] * 8}})
    with pytest.raises(
        ValueError,
        match="the model has biases in conv 1, and this bitstream takes none",
    ):
        load_packets({"targets": header["targets"][:1]}, model)
    with pytest.raises(ValueError, match="the model has dense2, which this bitstream has not"):
        load_packets(header, {**model, "dense2": {}})


def test_faults_of_header_packets_are_sentences(header_package):
    accelerator = Accelerator(str(header_package))
    pynq.board.core = HeaderCore()
    with pytest.raises(
        PacketError, match=r"execute of 3 images: weights are not loaded: call load_weights\(\) \(code 9\)"
    ):
        accelerator.predict(images(3))
    accelerator.load_weights()
    pynq.board.fault = "wrong bit"
    with pytest.raises(PacketError, match="load of dense1 weights: word 3 came back as 0x0003, and was sent as 0x0002"):
        accelerator.load_weights()
    pynq.board.fault = None
    np.save(header_package / "load_0.npy", np.concatenate([[1, 0, 1, 2, 1, 11, 1], np.zeros(20)]).astype(np.int16))
    with pytest.raises(
        PacketError, match="load of dense1 weights: outputChannels is not what the bitstream was built for"
    ):
        accelerator.load_weights()


def test_built_in_weights_cannot_be_loaded(package):
    with pytest.raises(TypeError, match="weights built in"):
        Accelerator(str(package)).load_weights()


def test_the_driver_is_python_3_8():
    import ast

    for path in (pathlib.Path(__file__).parent.parent.parent / "python/tlast_pynq").glob("*.py"):
        ast.parse(path.read_text(), feature_version=(3, 8))
