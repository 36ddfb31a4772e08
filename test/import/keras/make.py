"""Makes the .tflite files here, with what Keras answers to four images: `pip install tensorflow-cpu==2.21.*`, then run it.

residual: strides, batch norm, zero padding, depthwise, a sum, average and global pooling. flat: separable convolution and
Flatten, whose shape the converter computes. Each as float32 and, with scales of the converter's own, as int8.
"""

import json
import os
import pathlib

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import numpy as np
import tensorflow as tf

keras = tf.keras.layers
tf.keras.utils.set_random_seed(3)
folder = pathlib.Path(__file__).parent
rng = np.random.default_rng(1)
images = rng.integers(0, 256, (4, 12, 12, 1))


def normalised(layer, x):
    return keras.BatchNormalization()(layer(x))


def residual():
    image = keras.Input((12, 12, 1))
    x = keras.ReLU()(normalised(keras.Conv2D(4, 3, strides=2, padding="same", use_bias=False), image))
    x = keras.ZeroPadding2D(((0, 1), (0, 1)))(x)
    x = keras.ReLU()(normalised(keras.DepthwiseConv2D(3, strides=2, use_bias=False), x))
    skip = keras.ReLU()(normalised(keras.Conv2D(6, 1, use_bias=False), x))
    x = keras.Add()([normalised(keras.Conv2D(6, 3, padding="same"), skip), skip])
    x = keras.AveragePooling2D(2, strides=2, padding="valid")(keras.ReLU()(x))
    x = keras.Dense(5)(keras.GlobalAveragePooling2D()(x))
    return tf.keras.Model(image, keras.Softmax()(x)), tf.keras.Model(image, x)


def flat():
    image = keras.Input((12, 12, 1))
    x = keras.MaxPooling2D(2)(keras.Conv2D(3, 3, activation="relu")(image))
    x = keras.SeparableConv2D(4, 3, padding="same", activation="relu")(x)
    x = keras.Dense(5)(keras.Dropout(0.2)(keras.Flatten()(x)))
    return tf.keras.Model(image, keras.Softmax()(x)), tf.keras.Model(image, x)


answers = {"images": images.reshape(-1).tolist()}
for name, build in [("residual", residual), ("flat", flat)]:
    model, logits = build()
    for norm in (layer for layer in model.layers if isinstance(layer, keras.BatchNormalization)):
        norm.set_weights([w + rng.uniform(0, 0.3, w.shape).astype(np.float32) for w in norm.get_weights()])
    answers[name] = logits.predict((images / 256).astype(np.float32), verbose=0).reshape(-1).tolist()
    for int8 in (False, True):
        converter = tf.lite.TFLiteConverter.from_keras_model(model)
        if int8:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.representative_dataset = lambda: (
                [rng.random((1, 12, 12, 1), dtype=np.float32)] for _ in range(20)
            )
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter.inference_input_type = tf.int8
            converter.inference_output_type = tf.int8
        (folder / f"{name}{'.int8' if int8 else ''}.tflite").write_bytes(converter.convert())
(folder / "answers.json").write_text(json.dumps(answers))
print(tf.__version__)
