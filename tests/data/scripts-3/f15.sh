#!/bin/bash
#SBATCH --ntasks=2 --gpus=1 --gres=gpumem:24g
python ../train_and_save.py epoch4.yaml
