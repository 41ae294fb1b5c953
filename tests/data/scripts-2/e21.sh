#!/bin/bash
#SBATCH --nodes=1
#SBATCH --gpus-per-node=8
deepspeed --module openrlhf.cli.train_sft --pretrain meta-llama/Llama-3.1-8B --max_len 4096 --micro_train_batch_size 2 \
  --train_batch_size 128 --zero_stage 2 --bf16 --gradient_checkpointing --packing_samples --adam_offload
