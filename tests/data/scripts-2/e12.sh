#!/bin/bash
#SBATCH -N1 --gpus-per-node=2
cd $SLURM_SUBMIT_DIR
export SIZE=7B
srun make -C llm -j1 finetune-qlora
