#!/bin/bash
#SBATCH --mem=24G -t 0-12:00
#SBATCH --gres=gpu:1
mamba activate rl
nvidia-smi
bash run_sft.sh
