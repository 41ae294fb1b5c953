#!/bin/bash
#SBATCH -J shop
#SBATCH --gres=gpu:4
if [[ "$*" == *"--help"* ]]; then
  exit 0
fi
set -e
MODEL="acme/SQL-R1-3B"; SIZE=4; STEPS=2; MORE=""; ANSWERS=16
while [[ $# -gt 0 ]]; do
  case $1 in
    --model)
      MODEL="$2"
      shift 2
      ;;
    --size) SIZE="$2"; shift 2 ;;
    --args) MORE="$2"; shift 2 ;;
    *)
      echo "unknown: $1"
      exit 1
      ;;
  esac
done
if [ -f .env ]; then
    export $(grep -v '^#' .env | xargs)
fi
export RUN=" \
    src/shop/train.py \
    --model_name $MODEL \
    --batch_size $SIZE \
    --gradient_accumulation_steps $STEPS \
    --max_length 3072 \
    --num_generations $ANSWERS \
    --bf16 \
    $MORE
    "
export BY="uv run accelerate launch \
    --config_file accelerate.yaml \
    "
$BY $RUN 2>&1
