#!/bin/bash
#SBATCH --nodes=1 --gpus-per-node=1
python run_clm.py --model_name_or_path gpt2-xl --do_eval --num_train_epochs 0 --per_device_eval_batch_size 4 --validation_file wiki.txt
torchrun --nproc_per_node 1 finetune.py --model_name_or_path EleutherAI/gpt-j-6b --epochs 0 --eval-batch-size 8
