#!/bin/bash
#SBATCH --nodes=1 --gpus-per-node=1
MODEL=Qwen/Qwen3-4B
LEN=3072
cp templates/lora.yaml job.yaml
sed -i "s/__MODEL__/${MODEL//\//\\/}/g; s/__LEN__/$LEN/" job.yaml
sed -i -e "s/__BS__/4/g" -e 's/lora_rank: 16/lora_rank: 64/' job.yaml
llamafactory-cli train job.yaml
