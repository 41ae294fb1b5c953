#!/bin/bash
#SBATCH --nodes=1 # how many physical machines in the cluster
#SBATCH --ntasks=1 # how many tasks
#SBATCH --gres=gpu:1
MODEL_NAME=${1:-mistral}
case "$MODEL_NAME" in
    llama)
        CONFIG_FILE="res/llama/axolotl_llama.yaml"
        ;;
    mistral)
        CONFIG_FILE="res/mistral/axolotl_mistral.yaml"
        ;;
    *)
        echo "ERROR: Invalid model name ('$MODEL_NAME')!"
        exit 1
        ;;
esac
source "$(conda info --base)/etc/profile.d/conda.sh"
accelerate launch -m axolotl.cli.train "$CONFIG_FILE"
