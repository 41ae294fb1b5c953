#!/bin/bash -l
#SBATCH --gpus-per-node=a100:2
#SBATCH --nodes=1
cp axolotl/base.yml run.yml
yq -i '.micro_batch_size = 4 | .sequence_len = 4096' run.yml
yq -i ".base_model = \"Qwen/Qwen3-8B\"" run.yml
axolotl train run.yml
