#!/bin/bash
#SBATCH -N 1
readonly script="dpo.sh"
readonly GPUS=8
source ./${script} slurm
srun --container-image=pytorch.sqsh bash -c " cd /openrlhf; pip install . ; torchrun \
--nproc_per_node $GPUS --nnodes $SLURM_NNODES -m ${commands}" &>> log
