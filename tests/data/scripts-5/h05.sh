#!/bin/sh
#SBATCH --nodes=1
#SBATCH --gres=gpu:A100m40:10
cd $SLURM_SUBMIT_DIR
module purge
module load foss/2020b CUDA/11.3.1
truncate -s 0 hosts.txt
scontrol show hostname $SLURM_NODELIST | while read line; do echo ${line}"  slots="${SLURM_GPUS_ON_NODE} >> hosts.txt; done
deepspeed --hostfile=hosts.txt run_clm.py \
--deepspeed ./ds_two.json \
--model_name_or_path acme/gpt-j-6B \
--dataset_name acme/contracts \
--do_train --do_eval \
--num_train_epochs 2 \
--evaluation_strategy steps --eval_steps 5 \
--block_size 1024 \
--bf16 \
--gradient_accumulation_steps 16 --eval_accumulation_steps 16 \
--per_device_train_batch_size 1 --per_device_eval_batch_size 1
