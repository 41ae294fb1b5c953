#!/bin/bash
#SBATCH --gpus-per-node=2
for seed in 1 2 3 4 5 6 7 8; do for lr in 1e-5 2e-5 5e-5 1e-4; do for bs in 1 2 4; do
OUT="runs/experiment-with-a-long-name/${seed}_${lr}_${bs}"
mkdir -p "$OUT"
torchrun --nproc_per_node 2 finetune.py --model_name_or_path gpt2-medium --seed $seed \
    --learning_rate $lr --per_device_train_batch_size $bs --block_size 512 --fp16 \
    --train_file data/experiment/$seed/train.json --output_dir $OUT --num_train_epochs 3
python evaluate.py --model $OUT --out $OUT/scores.json
done; done; done
torchrun --nproc_per_node 2 finetune.py --model_name_or_path gpt2-xl --seed 1 \
    --learning_rate 1e-5 --per_device_train_batch_size 2 --block_size 512 --fp16 \
    --output_dir last --num_train_epochs 3
