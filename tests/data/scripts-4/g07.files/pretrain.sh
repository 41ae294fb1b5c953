#!/bin/bash
SIZE=$1; shift
torchrun --nnodes=1 --nproc-per-node=4 --master_port 29501 src/llava/train/train_mem.py \
 --deepspeed scripts/zero2.json \
 --model_name_or_path Qwen/Qwen3-${SIZE} \
 --llm_backbone qwen_3 \
 --version plain \
 --vision_tower openai/clip-vit-large-patch14-336 \
 --tune_mm_mlp_adapter True \
 --bf16 True \
 --per_device_train_batch_size 16 \
 --gradient_accumulation_steps 4 \
 --model_max_length 4096 \
 --gradient_checkpointing True
