#!/bin/bash -l
#SBATCH --ntasks 1
#SBATCH --gpus-per-node=a100:2
spack load cuda@12.4.0/obxqih4
cd /home/me/llava
ACCELERATE_CPU_AFFINITY=1 torchrun --nproc_per_node=2 --nnodes=1 --master_port=29501 train/train_mem.py \
    --lora_enable False --mm_projector_lr 1e-5 \
    --deepspeed zero3.json \
    --model_name_or_path Qwen/Qwen2-7B-Instruct \
    --vision_tower mobileclip_l_1024 \
    --mm_projector_type mlp2x_gelu \
    --mm_hidden_size 768 \
    --mm_tunable_parts="mm_vision_tower,mm_mlp_adapter" \
    --mm_vision_tower_lr=1e-5 \
    --image_grid_pinpoints  "(1x1),...,(6x6)" \
    --bf16 True \
    --per_device_train_batch_size 1 \
    --gradient_accumulation_steps 8 \
    --gradient_checkpointing True \
    --evaluation_strategy "no" \
    --model_max_length 32768 \
    --mm_newline_position grid \
