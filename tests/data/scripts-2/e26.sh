#!/bin/bash
#SBATCH --nodes=1 --gpus-per-node=1
make test
make -C docs html
python -m pytest tests/train
