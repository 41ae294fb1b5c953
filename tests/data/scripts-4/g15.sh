#!/bin/bash
#SBATCH -J sft                 # Job name
#SBATCH -N1 --gres=gpu:H200:8
#SBATCH -t 100
uid="$(date +%Y%m%d_%H%M%S)"
base_model=${1:-acme/s1k-7B}
epochs=${2:-5}
micro_batch_size=1           # -> batch_size will be 16 if 16 gpus
gpu_count=8
find_free_port() {
    for port in $(seq 12340 12400); do
        if ! lsof -i:$port > /dev/null; then
            echo $port
            return 0
        fi
    done
    exit 1
}
MASTER_PORT=$(find_free_port)
cd ../../
torchrun --nproc-per-node ${gpu_count} --master_port ${MASTER_PORT} \
    train/sft.py \
    --block_size=32768 \
    --per_device_train_batch_size=${micro_batch_size} \
    --gradient_accumulation_steps=1 \
    --num_train_epochs=${epochs} \
    --model_name=${base_model} \
    --fsdp="full_shard auto_wrap" \
    --fsdp_config="train/fsdp_config_qwen_cpu.json" \
    --bf16=False \
    --learning_rate=5e-5 \
    --hub_model_id ${model_name}_sft_sft_${epochs} \
    --gradient_checkpointing=True
