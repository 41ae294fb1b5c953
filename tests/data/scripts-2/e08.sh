#!/bin/bash
#SBATCH --nodes=1
#SBATCH --gres=gpu:h100:4
source .venv/bin/activate
axolotl train conf/full.yml --micro-batch-size 2 --sequence-len=8192 \
    --deepspeed deepspeed_configs/zero3_bf16.json --launcher torchrun -- --nproc_per_node=4
