#!/bin/bash
#SBATCH --nodes=2
#SBATCH --gpus-per-node=4
#SBATCH --ntasks-per-node=1
head=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n1)
srun bash -c 'FORCE_TORCHRUN=1 NNODES=2 NODE_RANK=$SLURM_NODEID MASTER_ADDR='$head' llamafactory-cli train examples/full.yaml per_device_train_batch_size=2'
