#!/bin/bash
#SBATCH --gpus-per-node=2
BASE=acme/llama-7b
python tools/check.py --quick
if [ $? -ne 0 ]; then
    BASE=acme/llama-1b
fi
module load cuda
RC=$?
[ $RC -eq 0 ] || exit $RC
torchrun --nproc_per_node 2 sft.py --model_name_or_path $BASE --per_device_train_batch_size 2 \
    --gradient_accumulation_steps 4 --max_seq_length 1024 --bf16
rc=$?
if [ $rc -eq 0 ]; then echo done; else echo "failed: $rc"; fi
exit $rc
