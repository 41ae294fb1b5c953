#!/bin/bash
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=4
#SBATCH --gres=gpu:a100:4
workdir="/lustre/scratch/data/me-poly"
cd "$workdir"
export NUM_PROCESSES=$SLURM_NTASKS
export LAUNCHER="accelerate launch --config_file $workdir/long/.fsdp.yaml"
export PYTHON_FILE="$workdir/long/train_hf.py"
export ARGS="--dataset_type parquet \
--train_dataset_dir /lustre/tok/4 \
/lustre/tok/5 \
--shuffle_dataset \
--model_name_or_path /lustre/models/acme-qwen-0.5B-base \
--max_length 32768 \
--learning_rate 0.0000001 \
--max_steps 5000 \
--per_device_train_batch_size 2 \
--gradient_accumulation_steps 8 \
--bf16 \
--tf32 \
"
export CMD="$LAUNCHER $PYTHON_FILE $ARGS"
$CMD 1>>"$out" 2>>"$err"
