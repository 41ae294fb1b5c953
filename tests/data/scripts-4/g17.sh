#!/bin/bash
#SBATCH --array=0-1  # Adjust
#SBATCH --gres=gpu:a100:1
CONFIGS=(
    configs/lr_0.0001.yaml
    configs/lr_0.0003.yaml
    # ... add all your configs
)
CONFIG=${CONFIGS[$SLURM_ARRAY_TASK_ID]}
tune run lora_finetune_single_device --config $CONFIG batch_size=4
