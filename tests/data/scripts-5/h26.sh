#!/usr/bin/bash
#SBATCH --gpus 8 --nodes 1
ml purge
ml Python/3.13.1
source .venv/bin/activate
python3 axolotl/train.py wandb.use=False load_dir=/scratch/exp/UniRef50/1 # a folder of that name
