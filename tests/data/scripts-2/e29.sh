#!/bin/bash
#SBATCH --nodes=1
#SBATCH --gpus-per-node=4
cat > ds.json <<'JSON'
{"train_micro_batch_size_per_gpu": MBS, "zero_optimization": {"stage": STAGE}, "bf16": {"enabled": true}}
JSON
sed -i 's/MBS/2/;s/STAGE/1/' ds.json
sed -i "/bf16/s/true/false/" ds.json
deepspeed pretrain.py --num-layers 24 --hidden-size 2048 --seq-length 2048 --lr 1e-4 --deepspeed_config ds.json
