#!/bin/bash
#SBATCH --nodes=1 --gpus-per-node=4
trl sft --model_name_or_path HuggingFaceTB/SmolLM3-3B-Base --dataset_name trl-lib/Capybara \
    --accelerate_config zero3 --num_processes 4 \
    --per_device_train_batch_size 8 --gradient_accumulation_steps 2 --max_length 4096 \
    --bf16 --gradient_checkpointing --output_dir out
