#!/bin/bash
#SBATCH -N 8
#SBATCH --gpus-per-node=8
#SBATCH --ntasks-per-node=1
CONFIG=examples/squad.yaml
srun --container-image=automodel.sqsh --container-mounts="/home/$USER/repo:/opt/repo" \
    bash -c "\
        cd /opt/repo && \
        torchrun --nproc_per_node=\${SLURM_GPUS_PER_NODE:-8} --nnodes=\${SLURM_NNODES:-1} \
            -m nemo_automodel.cli.app ${CONFIG}" &
wait $!
