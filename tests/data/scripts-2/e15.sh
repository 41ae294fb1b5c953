#!/bin/bash
#SBATCH --nodes=1
#SBATCH --gpus-per-node=8
python scripts/make_config.py --batch 2 --out train.yaml
perl -pi -e 's/^micro_batch_size:.*/micro_batch_size: 8/' other.yaml
accelerate launch --config_file acc.yaml -m axolotl.cli.train other.yaml
