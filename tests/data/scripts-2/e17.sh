#!/bin/bash
#SBATCH --nodes=1 --gpus-per-node=4
export MODEL=mistralai/Mistral-Nemo-Base-2407 BS=1
envsubst < conf.tmpl.yaml > conf.yaml
sed -i -E 's/^(cutoff_len:).*/\1 16384/' conf.yaml
FORCE_TORCHRUN=1 llamafactory-cli train conf.yaml deepspeed=ds/ds_z3_offload_config.json
