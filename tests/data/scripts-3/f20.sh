#!/bin/bash
#SBATCH --nodes=1 --gpus-per-node=4
module load cuda
python -m torch.distributed.run --nproc_per_node 4 main.py --model meta-llama/Llama-3.1-8B --tasks mmlu --split test
deepspeed --num_gpus 4 bench.py --model_name gpt2 --batch_size 8
pip install deepspeed && ds_report
