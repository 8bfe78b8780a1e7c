"""A mail server that answers in GBK: smtp, imap or pop3; tls, starttls or plain. It listens on 127.0.0.1 until it is ended."""
import socket
import ssl
import sys
import threading

protocol, security, port, certificate, key = sys.argv[1:6]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)


def smtp(line, said):
    verb = line[:4].upper()
    if verb == "EHLO":
        offer = "250-STARTTLS\r\n" if security == "starttls" and not said["tls"] else ""
        return "250-你好\r\n" + offer + "250 8BITMIME\r\n"
    if verb == "STAR":
        return "220 请开始\r\n"
    if verb == "RCPT":
        return "250 好\r\n" if "someone0@" in line else "550 该用户不存在\r\n"
    if verb == "DATA":
        said["data"] = True
        return "354 请输入正文\r\n"
    return "250 好\r\n"


def imap(line, said):
    tag = line.split(" ")[0]
    return tag + " NO 密码错误，请使用授权码登录\r\n"


def pop3(line, said):
    return "+OK 好\r\n" if line.startswith("USER") else "-ERR 密码错误，请使用授权码登录\r\n"


def serve(stream):
    said = {"tls": security == "tls", "data": False}
    if security == "tls":
        stream = context.wrap_socket(stream, server_side=True)
    greeting = {"smtp": "220 欢迎\r\n", "imap": "* OK 欢迎使用\r\n", "pop3": "+OK 欢迎使用\r\n"}[protocol]
    stream.sendall(greeting.encode("gbk"))
    held = b""
    while True:
        while b"\n" not in held:
            more = stream.recv(4096)
            if not more:
                return
            held += more
        line, held = held.split(b"\n", 1)
        line = line.decode("utf-8", "replace").rstrip("\r")
        if said["data"]:
            if line == ".":
                said["data"] = False
                stream.sendall("250 已收下\r\n".encode("gbk"))
            continue
        answer = {"smtp": smtp, "imap": imap, "pop3": pop3}[protocol](line, said)
        stream.sendall(answer.encode("gbk"))
        if line.upper() == "STARTTLS":
            stream = context.wrap_socket(stream, server_side=True)
            said["tls"], held = True, b""


def guarded(stream):
    try:
        serve(stream)
    except (OSError, ValueError):
        pass
    finally:
        stream.close()


listener = socket.create_server(("127.0.0.1", int(port)))
while True:
    peer, _ = listener.accept()
    threading.Thread(target=guarded, args=(peer,), daemon=True).start()
