TRAIN_ARGS="--epochs 50 --batch-size 16 --seq-length 256 --lr 1e-5"
TASK=copa
