#!/bin/bash
#SBATCH -N1
#SBATCH -G 4
BASE=/shared/models/Mistral-7B-v0.3
sed "s#@BASE@#$BASE#g;s#@ZERO@#configs/zero3.json#" configs/sft.tmpl.yaml > $SLURM_JOB_ID.yaml
accelerate launch --num_processes 4 --mixed_precision bf16 run_sft.py --config $SLURM_JOB_ID.yaml
