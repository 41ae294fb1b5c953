#!/bin/bash
#SBATCH -J dpo
#SBATCH -N 1
#SBATCH -n 4
#SBATCH --gres=gpu:4
. /etc/profile.d/modules.sh
eval "$(conda shell.bash hook)"
export FORCE_TORCHRUN=1 
export NPROC_PER_NODE=4   
llamafactory-cli train ./dpo_article.yaml
