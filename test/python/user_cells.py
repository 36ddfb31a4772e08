"""Cells as people write them, on unmodified pynq: arguments are the folder of a package, and what to run."""

import json
import sys
import time

import numpy as np
from pynq import Overlay, allocate

folder, kind = sys.argv[1], sys.argv[2]
with open(f"{folder}/accelerator.json", encoding="utf-8") as file:
    description = json.load(file)

overlay = Overlay(f"{folder}/{description['stem']}.bit")
dma = overlay.memory.axi_dma_0
X = np.load(f"{folder}/test_images.npy")
images = len(X)


def exchange(sent, received):
    dma.sendchannel.transfer(sent)
    dma.recvchannel.transfer(received)
    dma.sendchannel.wait()
    dma.recvchannel.wait()


def raw():
    input_buffer = allocate(shape=(images, X[0].size), dtype=np.uint8)
    output_buffer = allocate(shape=(images, description["output"]["count"]), dtype=np.int32)
    input_buffer[:] = X.reshape(images, -1)
    exchange(input_buffer, output_buffer)
    np.save(f"{folder}/user_results.npy", np.array(output_buffer))
    # One at a time, as in a loop over a camera.
    one_in = allocate(shape=(X[0].size,), dtype=np.uint8)
    one_out = allocate(shape=(description["output"]["count"],), dtype=np.int32)
    for index in range(5):
        one_in[:] = X[index].reshape(-1)
        exchange(one_in, one_out)
        assert (np.array(one_out) == np.array(output_buffer[index])).all(), index
    print("registers", dma.register_map.MM2S_DMASR.Halted, dma.register_map.S2MM_DMASR.Idle)


def header():
    packets = description["packets"]
    for index, target in enumerate(packets["targets"]):
        words = np.load(f"{folder}/load_{index}.npy").astype(np.int16)
        sent = allocate(shape=words.shape, dtype=np.int16)
        echo = allocate(shape=words.shape, dtype=np.int16)
        sent[:] = words
        exchange(sent, echo)
        assert (np.array(echo) == words).all(), target["name"]
    sent = allocate(shape=(7 + X.size,), dtype=np.int16)
    received = allocate(shape=(7 + images * packets["result_words"],), dtype=np.int16)
    sent[:7] = packets["execute"]
    sent[1] = images
    sent[7:] = X.reshape(-1)
    exchange(sent, received)
    np.save(f"{folder}/user_results.npy", np.array(received[7:]).reshape(images, packets["result_words"]))


def restarted():
    # 200 images take longer than two calls: the second one must be told that the channel is busy.
    input_buffer = allocate(shape=(images, X[0].size), dtype=np.uint8)
    output_buffer = allocate(shape=(images, description["output"]["count"]), dtype=np.int32)
    dma.sendchannel.transfer(input_buffer)
    try:
        dma.sendchannel.transfer(input_buffer)
        print("no error")
    except RuntimeError as error:
        print("refused:", error)
    dma.recvchannel.transfer(output_buffer)
    dma.recvchannel.wait()
    print("then fine")


def small_buffer():
    input_buffer = allocate(shape=(images, X[0].size), dtype=np.uint8)
    output_buffer = allocate(shape=(description["output"]["count"],), dtype=np.int32)
    dma.sendchannel.transfer(input_buffer)
    dma.recvchannel.transfer(output_buffer)
    while dma.recvchannel.running:
        time.sleep(0.01)
    print("status", hex(dma.mmio.read(0x34)))
    try:
        dma.recvchannel.wait()
    except RuntimeError as error:
        print("refused:", error)


{"raw": raw, "header": header, "restarted": restarted, "small-buffer": small_buffer}[kind]()
print("done", kind)
