#!/bin/bash
#SBATCH --nodes=4
#SBATCH --gpus-per-node=8
export CUDA_DEVICE_MAX_CONNECTIONS=1
source /etc/cluster.sh
srun --ntasks-per-node=1 torchrun --nnodes $SLURM_NNODES --nproc_per_node ${PER_NODE_OF_HERE} \
    --rdzv_backend c10d run_train.py --config-file ours.yaml
