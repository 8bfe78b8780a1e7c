"""Notes every order that comes: its identifier, a line each, the moment it is there. Says nothing back.

Arguments: port, file of notes.
"""
import json
import sys

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

port, notes = int(sys.argv[1]), open(sys.argv[2], "a", buffering=1)


def on_connect(client, _userdata, _flags, _reason, _properties):
    client.subscribe("village/+/broadcast", qos=1)


def on_subscribe(*_):
    notes.write("ready\n")


client = mqtt.Client(client_id="recorder", protocol=mqtt.MQTTv5)
client.on_connect, client.on_subscribe = on_connect, on_subscribe
client.on_message = lambda _c, _u, message: notes.write(json.loads(message.payload)["order"] + "\n")
kept = Properties(PacketTypes.CONNECT)
kept.SessionExpiryInterval = 3600
client.connect("127.0.0.1", port, clean_start=False, properties=kept)
client.loop_forever()
