#!/bin/bash
#SBATCH --nodes=1
#SBATCH --gpus-per-node=8
python tools/set_value.py --in-place run.yaml micro_batch_size=$(cat batch.txt)
perl -i -0pe 's/sequence_len:\s*(\d+)/"sequence_len: ".($1*2)/e' run.yaml
torchrun --nproc_per_node 8 -m axolotl.cli.train run.yaml
