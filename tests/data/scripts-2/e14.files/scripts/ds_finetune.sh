source $1
source $2
deepspeed --num_gpus 8 finetune_glm.py --finetune --task $TASK \
    --checkpoint-activations --fp16 --deepspeed --deepspeed_config config/ds.json $MODEL_ARGS $TRAIN_ARGS
