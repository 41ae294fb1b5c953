#!/bin/bash
#SBATCH -N 1
#SBATCH -n 16
#SBATCH --gres=gpu:a100:4
if [ "$#" -lt 1 ]; then
    echo "Usage: $0 a b"
    exit 1
fi
ACC=$1
CFG=$2
NUM_GPUS=$(nvidia-smi --query-gpu=count --format=csv,noheader,nounits | head -n 1)
NUM_PROCESSES=$((NUM_GPUS - 1))
MODEL_NAME=$(grep "model_name_or_path" $CFG | cut -d '"' -f 2)
CUDA_VISIBLE_DEVICES=0 python src/scripts/custom_trl_vllm_serve.py \
    --model "$MODEL_NAME" \
    > /dev/null 2>&1 &
DEV=$(seq -s, 1 $((NUM_GPUS - 1)))
shift 2
CUDA_VISIBLE_DEVICES=$DEV ACCELERATE_LOG_LEVEL=info accelerate launch \
    --num_processes=$NUM_PROCESSES \
    --config_file $ACC \
    src/grpo.py \
    --config $CFG \
    $@
