#!/bin/bash
#SBATCH --nodes=1
#SBATCH --gpus-per-node=4
#SBATCH --mem=0
NPROC_PER_NODE=4 CUDA_VISIBLE_DEVICES=0,1,2,3 swift sft --model Qwen/Qwen2.5-VL-7B-Instruct --train_type lora --lora_rank 8 \
  --torch_dtype bfloat16 --per_device_train_batch_size 1 --gradient_accumulation_steps 16 --max_length 4096 --deepspeed zero2
