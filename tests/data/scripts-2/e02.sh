#!/bin/bash
#SBATCH --nodes=2
#SBATCH --gres=gpu:8
#SBATCH --ntasks-per-node=1
MICRO=4
ACC=2
CONF=conf/ds.json
jq --argjson m "$MICRO" --argjson a $ACC \
   '.train_micro_batch_size_per_gpu = $m | .gradient_accumulation_steps=$a' $CONF > $CONF.tmp && mv $CONF.tmp $CONF
srun torchrun --nnodes 2 --nproc_per_node 8 finetune.py \
  --model_name_or_path Qwen/Qwen2.5-14B --model_max_length 8192 --learning_rate 1e-5 \
  --deepspeed $CONF
