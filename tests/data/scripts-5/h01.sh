#!/bin/bash
#SBATCH -N 1 --exclusive
#SBATCH --gres=gpu:8
#SBATCH --err=./logs/%x-%j.err
set -x -e
BASE=$1; DATA=$2; KIND=$3
HOSTS=$SLURM_NNODES
EACH=8
ALL_RANKS=$(($HOSTS*$EACH))
HEAD=$(scontrol show hostnames $SLURM_JOB_NODELIST | head -n 1)
export WHAT=" \
    src/forge/sft.py \
    --model_name_or_path $BASE \
    --dataset_name $DATA \
    --packing \
    --max_seq_length 2048 \
    --per_device_train_batch_size 2 \
    --gradient_accumulation_steps 6 \
    --gradient_checkpointing \
    --bf16 \
    --output_dir out/forge-distill
    "
export BY="HF_HUB_ENABLE_HF_TRANSFER=1 accelerate launch \
    --config_file recipes/$KIND.yaml  \
    --gradient_accumulation_steps 6 \
    --num_machines $HOSTS \
    --num_processes $ALL_RANKS \
    --machine_rank \$SLURM_PROCID \
    --rdzv_conf "rdzv_backend=c10d,rdzv_endpoint=$HEAD:6000" \
    --role \$(hostname -s): \
    --tee 3 \
    "
SRUN=" \
    --wait=60 \
    --kill-on-bad-exit=1 \
    "
clear; srun $SRUN --jobid $SLURM_JOB_ID bash -c "$BY --role \$SLURMD_NODENAME: $WHAT" 2>&1
