/* Files for a form, uploaded at once while the rest is written: by button, drop or paste, each with its own progress.

   Use: {% include "site/uploads.html" with uploads=uploads errors=… only %} inside a multipart form with its csrf
   token, and on the page uploads.css and this file, before any script that sends the form. The markup is the partial's;
   all words and limits stand in its data-… attributes.

   - Each file goes to data-url (POST, field `file`) and comes back as a token; the form then carries a hidden input
     `uploads` for it. A file that was removed is discarded on the server too (data-discard).
   - Files are dropped anywhere on the page, and pasted anywhere in the form.
   - A form that is sent while files are on their way waits for them. With a file that failed it is not sent: nobody
     shall believe that it went along.
   - `uploads:change` bubbles from the fieldset whenever a file comes or goes. */
(() => {
  "use strict";
  const AT_ONCE = 2;
  const said = (words, name) => words.replace("{name}", name);
  const inWords = (bytes) => {
    const large = bytes >= 1024 * 1024;
    const size = Math.max(bytes / (large ? 1024 * 1024 : 1024), 0.1);
    const style = { style: "unit", unit: large ? "megabyte" : "kilobyte", maximumFractionDigits: size < 10 ? 1 : 0 };
    return new Intl.NumberFormat(document.documentElement.lang || undefined, style).format(size);
  };

  class Upload {
    constructor(box, name, size) {
      this.box = box;
      this.name = name;
      this.state = "waiting"; // uploading, done, failed
      this.row = box.template.content.cloneNode(true).querySelector("[data-upload]");
      this.part = (key) => this.row.querySelector(`[data-upload-${key}]`);
      this.part("name").textContent = name;
      this.part("size").textContent = inWords(size);
      for (const of of this.row.querySelectorAll("[data-upload-of]")) of.textContent = name;
      this.part("remove").addEventListener("click", () => box.remove(this));
      this.part("again").addEventListener("click", () => this.again());
      box.list.append(this.row);
    }

    send() {
      this.state = "uploading";
      const body = new FormData();
      body.append("file", this.file, this.name);
      this.request = new XMLHttpRequest();
      this.request.open("POST", this.box.words.url);
      this.request.setRequestHeader("X-CSRFToken", this.box.csrf);
      this.request.responseType = "json";
      this.request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) this.part("progress").value = (100 * event.loaded) / event.total;
      });
      this.request.addEventListener("load", () => this.answered());
      for (const end of ["error", "timeout"]) this.request.addEventListener(end, () => this.failed());
      this.request.send(body);
    }

    answered() {
      const { status, response } = this.request;
      if (status === 201 && response?.token) this.done(response.token, response.name);
      else if (status === 401) this.failed(response?.error || this.box.words.signedOut);
      else if (status === 413) this.refused(said(this.box.words.tooLarge, this.name));
      else if (status === 422) this.refused(response?.error || said(this.box.words.failed, this.name));
      else this.failed(response?.error);
    }

    done(token, name) {
      this.token = token;
      this.part("name").textContent = this.name = name || this.name;
      this.part("progress").hidden = true;
      this.row.classList.add("is-done");
      const input = Object.assign(document.createElement("input"), { type: "hidden", name: "uploads", value: token });
      this.row.append(input);
      this.end("done", said(this.box.words.done, this.name));
    }

    /* It may work another time. */
    failed(sentence) {
      this.part("again").hidden = false;
      this.refused(sentence || said(this.box.words.failed, this.name));
    }

    refused(sentence) {
      this.part("progress").hidden = true;
      this.part("error").hidden = false;
      this.part("error").textContent = sentence;
      this.row.classList.add("has-error");
      this.end("failed", sentence);
    }

    end(state, sentence) {
      this.state = state;
      this.box.say(sentence);
      this.box.next();
    }

    again() {
      this.state = "waiting";
      this.part("again").hidden = this.part("error").hidden = true;
      this.part("progress").hidden = false;
      this.part("progress").value = 0;
      this.row.classList.remove("has-error");
      this.part("remove").focus();
      this.box.next();
    }
  }

  class Box {
    constructor(element) {
      this.element = element;
      this.words = element.dataset;
      this.form = element.closest("form");
      this.csrf = this.form.querySelector("input[name=csrfmiddlewaretoken]").value;
      this.input = element.querySelector("input[type=file]");
      this.list = element.querySelector("[data-uploads-list]");
      this.template = element.querySelector("[data-uploads-row]");
      this.status = element.querySelector("[data-uploads-said]");
      this.uploads = [];
      element.classList.add("is-ready");
      element.querySelector("[data-uploads-or]").hidden = false;
      for (const kept of element.querySelectorAll("[data-upload-kept]")) this.keep(kept);
      this.input.addEventListener("change", () => {
        this.take([...this.input.files]);
        this.input.value = "";
      });
      this.form.addEventListener("submit", (event) => this.hold(event));
      this.form.addEventListener("paste", (event) => this.paste(event));
      this.listenForDrops();
    }

    keep(element) {
      const { token, fileName, size } = element.dataset;
      const upload = new Upload(this, fileName, Number(size));
      this.uploads.push(upload);
      element.replaceWith(upload.row);
      upload.done(token);
      this.say("");
    }

    take(files) {
      for (const file of files) {
        if (this.uploads.length >= Number(this.words.most)) {
          this.say(said(this.words.tooMany, file.name));
          break;
        }
        const upload = new Upload(this, file.name, file.size);
        upload.file = file;
        this.uploads.push(upload);
        const against = this.against(file);
        if (against) upload.refused(against);
      }
      this.next();
    }

    /* What the server would say, without sending all of it first. */
    against(file) {
      const endings = this.input.accept.split(",");
      const ending = file.name.slice(file.name.lastIndexOf(".")).toLowerCase();
      if (!endings.includes(ending)) return said(this.words.wrongKind, file.name);
      if (!file.size) return said(this.words.empty, file.name);
      return file.size > Number(this.words.mostBytes) ? said(this.words.tooLarge, file.name) : "";
    }

    remove(upload) {
      upload.request?.abort();
      if (upload.token) this.discard(upload.token);
      const at = this.uploads.indexOf(upload);
      this.uploads.splice(at, 1);
      upload.row.remove();
      this.say(said(this.words.removed, upload.name));
      const neighbour = this.uploads[Math.min(at, this.uploads.length - 1)];
      (neighbour ? neighbour.part("remove") : this.input).focus();
      this.next();
    }

    discard(token) {
      const request = new XMLHttpRequest();
      request.open("POST", this.words.discard.replace(/[0-9a-f-]{36}/, token));
      request.setRequestHeader("X-CSRFToken", this.csrf);
      request.send(); // what stays behind is removed after a day
    }

    of(state) {
      return this.uploads.filter((upload) => upload.state === state);
    }

    next() {
      this.list.hidden = !this.uploads.length;
      for (const upload of this.of("waiting").slice(0, AT_ONCE - this.of("uploading").length)) upload.send();
      this.element.dispatchEvent(new CustomEvent("uploads:change", { bubbles: true }));
      if (!this.held || this.isBusy()) return;
      const submitter = this.held.submitter;
      this.held = null;
      if (this.of("failed").length) this.sayUnsent();
      else this.form.requestSubmit(submitter);
    }

    isBusy() {
      return Boolean(this.of("waiting").length + this.of("uploading").length);
    }

    hold(event) {
      // A step of the form on the way: what failed is looked at when it is sent.
      const isSent = !event.submitter?.name;
      if (this.isBusy()) {
        event.preventDefault();
        this.held = { submitter: event.submitter };
        this.say(this.words.waiting);
      } else if (isSent && this.of("failed").length) {
        event.preventDefault();
        this.sayUnsent();
      }
    }

    sayUnsent() {
      this.say(this.words.unsent);
      this.of("failed")[0].part("remove").focus();
    }

    say(sentence) {
      this.status.textContent = sentence;
    }

    paste(event) {
      const files = [...(event.clipboardData?.files || [])];
      if (!files.length) return;
      event.preventDefault();
      const time = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }).replace(":", ".");
      const name = (file) => {
        // A picture from the clipboard is always called image.png.
        const ending = file.name.slice(file.name.lastIndexOf("."));
        return /^image\.\w+$/.test(file.name) ? this.words.pasted.replace("{time}", time) + ending : file.name;
      };
      this.take(files.map((file) => new File([file], name(file), { type: file.type })));
    }

    listenForDrops() {
      // Of several such forms on a page the one in sight takes them.
      const hasFiles = (event) => this.element.offsetParent && event.dataTransfer?.types.includes("Files");
      const over = (isOver) => this.element.classList.toggle("is-over", isOver);
      for (const name of ["dragenter", "dragover"]) {
        document.addEventListener(name, (event) => {
          if (!hasFiles(event)) return;
          event.preventDefault();
          event.dataTransfer.dropEffect = "copy";
          over(true);
        });
      }
      document.addEventListener("dragleave", (event) => {
        if (!event.relatedTarget) over(false);
      });
      document.addEventListener("drop", (event) => {
        over(false);
        if (!hasFiles(event)) return;
        event.preventDefault();
        this.take([...event.dataTransfer.files]);
      });
    }
  }

  for (const element of document.querySelectorAll("[data-uploads]")) new Box(element);
})();
