#!/bin/bash
#SBATCH --gres=gpu:a100:4
#SBATCH --array=0
LRS=(0.0001 0.00005)
BSS=(1 2 3)
MO="bigscience/bloom-7b1"
for EX in a b
do
    for LR in "${LRS[@]}"
    do
        for BS in "${BSS[@]}"
        do
            SP="bloom_7b_${EX}_${LR}_${BS}"
            accelerate launch --config_file /scratch/me/accelerate_config.yaml --num_cpu_threads_per_process 4 /scratch/me/train.py \
                --model_name_or_path ${MO} \
                --per_device_train_batch_size ${BS} \
                --learning_rate ${LR} \
                --output_dir "x/${SP}" \
                --block_size 128 \
                --num_train_epochs 1
        done
    done
done
