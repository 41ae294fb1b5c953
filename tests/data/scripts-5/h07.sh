#!/bin/bash
#SBATCH --gres=gpu:4 --nodes=1 --ntasks=4
set -x
port=$(shuf -i 29500-29999 -n 1)
enroot start --root --mount=/scratch/me/kd:/workspace torch_v1 bash -c "
    ls -al /workspace &&
    mkdir -p logs &&
    PYTHONFAULTHANDLER=1 \
    NCCL_DEBUG=INFO \
    MASTER_PORT=${port} \
    WORLD_SIZE=4 \
    python -m torch.distributed.launch \
        --nproc_per_node=4 \
        --master_port=${port} \
        --nnodes=1 \
        src/train_distr.py \
        --config src/config.yaml 2>&1 | tee logs/detail.log
"
