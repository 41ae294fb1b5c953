#!/bin/bash
#SBATCH --nodes=1
#SBATCH --gpus-per-node=8
#SBATCH --ntasks-per-node=1
CFG=configs/$1.yaml
yq '.training.micro_batch_size = 2' $CFG > $TMPDIR/cfg.yaml
sed -i "s|^\( *model_name_or_path:\).*|\1 /scratch/models/Llama-3.3-70B-Instruct|" $TMPDIR/cfg.yaml
deepspeed --num_gpus 8 train.py --config $TMPDIR/cfg.yaml --zero_stage 3
