#!/bin/sh
#SBATCH --gres=gpu:8 --nodes=1
export BASE="/mnt/models/Qwen3-1.7B"
export GA=8
export DS_CONFIG=configs/two.json
export SIZE=4
export PACKING="True"
bash ./scripts/train_sft.sh
