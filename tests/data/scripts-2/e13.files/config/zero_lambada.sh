EVALUATE_ARGS="--eval-batch-size 16 --seq-length 1024"
TASK=lambda
